// Sends the request of a page. The key stays in the input: nothing here stores or logs it.
(() => {
  const form = document.getElementById("try");
  const status = document.getElementById("try-status");
  const answer = document.getElementById("try-answer");
  const body = document.getElementById("try-body");
  const file = document.getElementById("try-file");
  const key = form.querySelector("[data-key]");
  const example = document.getElementById("try-example");
  const send = form.querySelector("button[type=submit]");

  if (example) example.addEventListener("change", () => (body.value = example.value));

  const address = () => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    for (const field of form.querySelectorAll("[data-name]")) {
      if (field.value === "") continue;
      if (field.dataset.place === "path") {
        path = path.replace(`{${field.dataset.name}}`, encodeURIComponent(field.value));
      } else if (field.dataset.place === "query") {
        query.append(field.dataset.name, field.value);
      }
    }
    const found = new URL(form.dataset.server + path.slice(1), document.baseURI);
    found.search = query;
    return found;
  };

  const headers = () => {
    const made = new Headers();
    if (key) made.set("Authorization", `Bearer ${key.value.trim()}`);
    for (const field of form.querySelectorAll("[data-place=header]")) {
      if (field.value !== "") made.set(field.dataset.name, field.value);
    }
    if (body && body.value.trim()) made.set("Content-Type", "application/json");
    if (file && !file.dataset.part) made.set("Content-Type", file.files[0].type);
    return made;
  };

  const content = () => {
    if (body) return body.value.trim() || undefined;
    if (!file) return undefined;
    if (!file.dataset.part) return file.files[0];
    const parts = new FormData();
    parts.append(file.dataset.part, file.files[0]);
    return parts;
  };

  const shown = async (response) => {
    const type = response.headers.get("content-type") || "";
    if (!/json|text/.test(type)) return `${(await response.blob()).size} bytes of ${type || "nothing"}`;
    const text = await response.text();
    if (!type.includes("json")) return text;
    return JSON.stringify(JSON.parse(text), null, 2);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "Sending…";
    status.className = "";
    answer.hidden = true;
    send.disabled = true;
    const begun = performance.now();
    try {
      const response = await fetch(address(), {
        method: form.dataset.method,
        headers: headers(),
        body: content(),
        credentials: "omit",
        cache: "no-store",
      });
      const text = await shown(response);
      const milliseconds = Math.round(performance.now() - begun);
      status.textContent = `${response.status} ${response.statusText}, ${milliseconds} ms`;
      status.className = response.ok ? "good" : "bad";
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
      document.getElementById("try-headers").textContent = lines.join("\n");
      document.getElementById("try-text").textContent = text;
      answer.hidden = false;
    } catch (error) {
      status.textContent = `No answer came: ${error.message}`;
      status.className = "bad";
    } finally {
      send.disabled = false;
    }
  });

  // Pages that were written to a folder have no server behind them.
  form.hidden = location.protocol === "file:";
})();
