// Paper is white: print a page that is shown dark as if it were light.
{
  const root = document.documentElement;
  let shown;
  addEventListener("beforeprint", () => {
    shown = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = shown;
  });
}

// What waits to be arranged (book.css) is not yet as high as it will be: who goes far has it arranged first.
{
  const arrange = () => delete document.documentElement.dataset.arriving;
  addEventListener("keydown", arrange, true);
  addEventListener("click", (event) => event.target.closest?.('a[href^="#"]') && arrange(), true);
}
