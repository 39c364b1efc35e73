// Runs before the page is painted, so that a choice never flashes in the other one.
(() => {
  const root = document.documentElement;
  root.dataset.code = "curl";
  try {
    const theme = localStorage.getItem("letmepost-theme");
    if (theme) root.dataset.theme = theme;
    const language = localStorage.getItem("letmepost-language");
    if (language) root.dataset.code = language;
  } catch {
    // Storage may be closed to us; the system's theme is right then.
  }
})();
