// What the theme leaves to do.
{
  const root = document.documentElement;
  let shown;

  // Paper is white: print a page that is shown dark as if it were light.
  addEventListener("beforeprint", () => {
    shown = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = shown;
  });

  // Code that scrolls is a stop for the keyboard; the theme measures it again on a resize, but not when it is unfolded.
  document.addEventListener("toggle", () => dispatchEvent(new Event("resize")), true);
}
