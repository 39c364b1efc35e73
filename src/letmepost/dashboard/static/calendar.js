// Dragging a post to another day or hour fills in its "Move" form and sends it: what comes back is
// the page as it is then, with the post where it truly stands.
(() => {
  let dragged = null;
  let home = null;

  const place = (event) => event.target.closest?.("[data-day]");
  const unmark = () =>
    document.querySelectorAll("[data-day].over-it").forEach((each) => each.classList.remove("over-it"));

  const putBack = () => {
    if (home && home.card.isConnected) home.list.insertBefore(home.card, home.next);
    home = null;
  };

  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".event[draggable]");
    if (!card) return;
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector("a").href);
    card.classList.add("dragged");
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    unmark();
  });

  document.addEventListener("dragover", (event) => {
    const target = dragged && place(event);
    if (!target) return;
    event.preventDefault();
    if (target.classList.contains("over-it")) return;
    unmark();
    target.classList.add("over-it");
  });

  document.addEventListener("drop", (event) => {
    const target = dragged && place(event);
    if (!target) return;
    event.preventDefault();
    const card = dragged;
    const form = card.querySelector(".move form");
    const [hour, minute] = card.dataset.at.split(":");
    const at = `${target.dataset.day}T${target.dataset.hour || hour}:${minute}`;
    if (form.elements.at.value === at) return;
    form.elements.at.value = at;
    home = { card, list: card.parentElement, next: card.nextElementSibling };
    let list = target.querySelector(".events");
    if (!list) {
      list = document.createElement("ol");
      list.className = "events";
      target.append(list);
    }
    list.append(card);
    form.requestSubmit();
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
      if (!home) return;
      putBack();
      const told = document.getElementById("calendar-told");
      told.className = "note bad";
      told.textContent = "The server could not be reached, so the post was not moved.";
    });
  }
  document.addEventListener("htmx:afterSwap", () => (home = null));
})();
