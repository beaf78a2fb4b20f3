// What the theme leaves out for readers without a mouse or without a screen: names for the arrows that unfold the
// contents, and a way to scroll what is wider than the window.
document.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll(".bd-sidebar-primary summary")) {
    const chapter = arrow.closest("li").querySelector("a").textContent.trim();
    arrow.setAttribute("aria-label", `Pages of ${chapter}`);
  }
  const scrollable = () => {
    for (const box of document.querySelectorAll(".formula, .bd-article table")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  };
  addEventListener("resize", scrollable);
  scrollable();
});
