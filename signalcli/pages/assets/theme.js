
// Switch between light and dark. Without a choice, the page follows the system.

const root = document.documentElement;
const button = document.getElementById("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (root.style.colorScheme || (dark.matches ? "dark" : "light")) === "dark";
const show = () => {
  const { light, dark, toLight, toDark } = button.dataset;
  button.textContent = isDark() ? light : dark;
  button.title = isDark() ? toLight : toDark;
};

button.addEventListener("click", () => {
  root.style.colorScheme = isDark() ? "light" : "dark";
  show();
});
dark.addEventListener("change", show);
show();
button.hidden = false;
