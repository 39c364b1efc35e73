// Finds pages by their words, in an index that is fetched when the box is used first.
(() => {
  const box = document.getElementById("search");
  const input = box.querySelector("input");
  const list = document.getElementById("found");
  const root = box.dataset.root;
  const SHOWN = 12;
  let index;
  let chosen = -1;

  const load = () => {
    index ??= fetch(`${root}search.json`)
      .then((response) => response.json())
      .then((found) =>
        found.pages.map(([path, title, section, line, headings, words]) => ({
          path,
          title,
          section,
          line,
          headings: headings.map(([slug, text]) => ({ slug, text, low: text.toLowerCase() })),
          low: `${title} ${path}`.toLowerCase(),
          about: `${line} ${section}`.toLowerCase(),
          words,
        })),
      );
    return index;
  };

  // Every word must be somewhere; where it is decides how high the page stands. Pages that tell a
  // story have headings in the index, and go before the hundreds that hold one number each.
  const score = (page, words) => {
    let total = page.headings.length ? 6 : 0;
    let heading;
    for (const word of words) {
      const under = page.headings.find((each) => each.low.includes(word));
      if (page.low.startsWith(word)) total += 14;
      else if (page.low.includes(word)) total += 9;
      else if (under) {
        total += 5;
        heading ??= under;
      } else if (page.about.includes(word)) total += 4;
      else if (page.words.includes(word)) total += 2;
      else return undefined;
    }
    return { page, heading, total: page.title.toLowerCase() === words.join(" ") ? total + 20 : total };
  };

  const choose = (place) => {
    const links = list.querySelectorAll("a");
    chosen = links.length ? (place + links.length) % links.length : -1;
    links.forEach((link, at) => link.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) {
      input.setAttribute("aria-activedescendant", links[chosen].id);
      links[chosen].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  const open = (shown) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
  };

  const show = async () => {
    const asked = input.value;
    const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return open(false);
    let pages;
    try {
      pages = await load();
    } catch {
      index = undefined;
      list.replaceChildren(element("p", "The index could not be read."));
      return open(true);
    }
    if (asked !== input.value) return undefined;
    const found = pages
      .map((page) => score(page, words))
      .filter(Boolean)
      .sort((one, other) => other.total - one.total)
      .slice(0, SHOWN);
    list.replaceChildren(
      ...found.map(({ page, heading }, at) => {
        const link = document.createElement("a");
        link.id = `found-${at}`;
        link.setAttribute("role", "option");
        link.tabIndex = -1;
        link.href = `${root}${page.path || "index"}${heading ? `#${heading.slug}` : ""}`;
        const title = element("strong", page.title);
        if (heading) title.append(element("span", ` › ${heading.text}`));
        link.append(title, element("small", `${page.section} · ${page.line}`));
        return link;
      }),
    );
    if (!found.length) list.append(element("p", `Nothing is called “${asked.trim()}” here.`));
    open(true);
    return choose(found.length ? 0 : -1);
  };

  input.addEventListener("focus", () => {
    load().catch(() => (index = undefined));
    if (input.value) show();
  });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen >= 0 && !list.hidden) {
      event.preventDefault();
      list.querySelectorAll("a")[chosen].click();
    } else if (event.key === "Escape") {
      open(false);
      input.blur();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", () => open(false));
  input.addEventListener("blur", () => open(false));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });

  // Pages that were written to a folder cannot fetch their index.
  box.hidden = location.protocol === "file:";
})();
