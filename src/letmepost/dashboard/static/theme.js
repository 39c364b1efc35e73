// Runs before the page is painted, so that a chosen theme never flashes in the other one.
(() => {
  try {
    const chosen = localStorage.getItem("letmepost-theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be closed to us; the system's theme is right then.
  }
})();
