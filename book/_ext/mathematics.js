// node mathematics.js MATHJAX FONTS < formulas: typeset a JSON list of [TeX, whether it is displayed].
// Prints as JSON the HTML of each, the error of each (null if there is none), and the one style sheet for all.
const { readFileSync } = require("fs");
const [mathjax, fontURL] = process.argv.slice(2);

async function main() {
  const MathJax = await require(`${mathjax}/node-main.js`).init({
    loader: {
      source: {},
      paths: { mathjax },
      load: ["adaptors/liteDOM", "input/tex", "output/chtml", "a11y/assistive-mml"],
      versionWarnings: false,
    },
    tex: {
      packages: { "[-]": ["noundefined", "autoload", "require"] }, // an unknown command is an error, not red
      formatError: (_, error) => {
        throw error;
      },
    },
    chtml: { fontURL, matchFontHeight: false }, // the size is for book.css to say
  });
  const adaptor = MathJax.startup.adaptor;
  const formulas = JSON.parse(readFileSync(0, "utf8"));
  const html = [], errors = [];
  for (const [tex, display] of formulas) {
    try {
      const set = adaptor.outerHTML(await MathJax.tex2chtmlPromise(tex, { display }));
      // Nothing refers to an equation by this id, and the same one may stand twice on a page.
      html.push(set.replace(/ id="mjx-eqn:[^"]*"/g, "").replace(/height: NaNem;/g, ""));
      errors.push(null);
    } catch (error) {
      html.push(null);
      errors.push(error.message);
    }
  }
  const css = fontsUsed(adaptor.textContent(MathJax.chtmlStylesheet()), html.join(""));
  process.stdout.write(JSON.stringify({ html, errors, css }));
}

// The style sheet without the fonts that no formula is set in.
function fontsUsed(css, html) {
  const mentions = (text, name) => new RegExp(`${name}(?![\\w-])`).test(text);
  const rules = css.replace(/\.(TEX-\w+) \{[^}]*\}\s*/g, (rule, name) => (mentions(html, name) ? rule : ""));
  const face = /@font-face[^{]*\{\s*font-family: ([\w-]+);[^}]*\}\s*/g;
  const unfaced = rules.replace(face, "");
  return rules.replace(face, (rule, name) => (mentions(unfaced, name) ? rule : ""));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
