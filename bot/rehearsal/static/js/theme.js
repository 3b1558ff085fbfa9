// Before the first paint, so that nobody who chose the dark theme is dazzled. No module: those run later.
try {
  const theme = JSON.parse(localStorage.getItem("rehearsal:theme"));
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme is as good.
}
