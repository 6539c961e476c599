// Runs before the first paint, so that a page never flashes in the wrong colours.
try {
  const mode = localStorage.getItem("sitegen-mode");
  if (mode === "light" || mode === "dark") document.documentElement.dataset.mode = mode;
} catch { /* storage is blocked: follow the system */ }
