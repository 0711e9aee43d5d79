// Light or dark: as the system has it, unless the reader chose.

const remembered = {
  // A browser may refuse to remember anything for a file.
  get() { try { return localStorage.getItem("noderole-theme") ?? ""; } catch { return ""; } },
  set(theme) { try { localStorage.setItem("noderole-theme", theme); } catch { /* chosen for this page only */ } },
};

const themeChoice = byId("theme");
const applyTheme = (theme) => {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};
themeChoice.value = remembered.get();
applyTheme(themeChoice.value);
themeChoice.addEventListener("change", () => {
  applyTheme(themeChoice.value);
  remembered.set(themeChoice.value);
});
byId("theme-line").hidden = false;
