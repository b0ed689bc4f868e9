// The language switch keeps the step that the reader is at.
for (const link of document.querySelectorAll(".tb-language")) {
  link.addEventListener("click", () => { link.hash = location.hash })
}
