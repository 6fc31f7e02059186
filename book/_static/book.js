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

// Arrange what waits (book.css), a section at a time, so that the page answers a reader meanwhile.
{
  const waiting = [...document.querySelectorAll(".bd-article > section > section + section")];
  const soon = window.requestIdleCallback ?? setTimeout; // Safari has only the latter
  const arrange = () => {
    const section = waiting.shift();
    if (!section) return;
    section.dataset.arrived = "";
    soon(arrange);
  };
  addEventListener("load", arrange);
}
