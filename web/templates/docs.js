const field = document.querySelector("input");
const parts = [...document.querySelectorAll("article, nav li")];
field.addEventListener("input", () => {
  const wanted = field.value.trim().toLowerCase().split(/\s+/);
  for (const part of parts) {
    const text = part.dataset.search;
    part.hidden = !wanted.every((word) => text.includes(word));
  }
});
