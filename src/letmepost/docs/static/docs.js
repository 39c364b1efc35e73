(() => {
  const root = document.documentElement;

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem("letmepost-theme", next);
    } catch {
      // The choice then lasts for this page.
    }
  });

  const menu = document.getElementById("menu");
  menu.addEventListener("click", (event) => {
    event.preventDefault();
    menu.setAttribute("aria-expanded", String(document.body.classList.toggle("navigating")));
  });

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll(".code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
      });
      block.append(button);
    }
  }

  const groups = [...document.querySelectorAll(".tabs")];
  const select = (language) => {
    root.dataset.code = language;
    for (const group of groups) {
      const buttons = [...group.querySelectorAll("[role=tab]")];
      const shown = buttons.some((each) => each.dataset.tab === language) ? language : buttons[0].dataset.tab;
      for (const button of buttons) {
        const chosen = button.dataset.tab === shown;
        button.setAttribute("aria-selected", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
      for (const block of group.querySelectorAll(".code")) {
        block.hidden = block.dataset.tab !== shown;
      }
    }
  };
  const remember = (button) => {
    // The other groups above change their height, and what is read should stay where it is.
    const before = button.getBoundingClientRect().top;
    select(button.dataset.tab);
    scrollBy(0, button.getBoundingClientRect().top - before);
    try {
      localStorage.setItem("letmepost-language", button.dataset.tab);
    } catch {
      // The choice then lasts for this page.
    }
  };
  for (const group of groups) {
    const buttons = [...group.querySelectorAll("[role=tab]")];
    buttons.forEach((button, place) => {
      button.addEventListener("click", () => remember(button));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = buttons[(place + step + buttons.length) % buttons.length];
        next.focus();
        remember(next);
      });
    });
  }
  if (groups.length) select(root.dataset.code || "curl");

  const here = document.querySelector(".side [aria-current]");
  const side = document.querySelector(".side");
  if (here && side.scrollHeight > side.clientHeight) {
    side.scrollTop = here.offsetTop - side.clientHeight / 3;
  }

  // The entry of the part that is read: the last heading that has passed the top of the window.
  const parts = [...document.querySelectorAll(".parts a")];
  const headings = parts.map((link) => document.getElementById(link.hash.slice(1)));
  const follow = () => {
    const passed = headings.filter((each) => each && each.getBoundingClientRect().top < 140);
    const current = passed.length ? headings.indexOf(passed[passed.length - 1]) : 0;
    parts.forEach((link, place) => link.classList.toggle("current", place === current));
  };
  if (parts.length) {
    addEventListener("scroll", follow, { passive: true });
    follow();
  }

  const filter = document.getElementById("filter");
  if (filter) {
    const input = filter.querySelector("input");
    const output = filter.querySelector("output");
    const tables = [...document.querySelectorAll("article table")];
    const table = tables.reduce((one, other) => (other.rows.length > one.rows.length ? other : one));
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    const show = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      output.textContent = words.length ? `${shown} of ${rows.length}` : `${rows.length} rows`;
      history.replaceState(null, "", words.length ? `#q=${encodeURIComponent(input.value)}` : " ");
    };
    table.parentElement.before(filter);
    filter.hidden = false;
    if (location.hash.startsWith("#q=")) input.value = decodeURIComponent(location.hash.slice(3));
    input.addEventListener("input", show);
    show();
  }
})();
