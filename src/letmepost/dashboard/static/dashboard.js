// Everything listens at the document, since htmx replaces what is in it.
(() => {
  const root = document.documentElement;
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  const localTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const prepare = () => {
    const theme = document.getElementById("theme");
    if (theme) theme.hidden = false;
    each("time[datetime]:not([data-local])", (time) => {
      time.textContent = localTime.format(new Date(time.dateTime));
      time.dataset.local = "";
    });
    if (zone && !/(^|; )lmp_zone=/.test(document.cookie)) {
      document.cookie = `lmp_zone=${zone}; path=/; samesite=lax`;
    }
    each("input[data-zone]", (input) => {
      if (!input.value && zone) input.value = zone;
    });
  };

  const switchTheme = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem("letmepost-theme", next);
    } catch {
      // The choice then lasts for this page.
    }
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  };

  // Files go up one after the other; the page is then asked to show them.
  const send = (zone, file) =>
    new Promise((resolve, reject) => {
      const progress = zone.querySelector("progress");
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file);
      request.open("POST", zone.dataset.upload);
      request.setRequestHeader(
        "X-Form-Token",
        document.querySelector('meta[name="form-token"]').content,
      );
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) progress.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => {
        const answer = JSON.parse(request.responseText);
        if (request.status < 300) resolve(answer);
        else reject(new Error(`${answer.error.message} ${answer.error.remediation}`));
      });
      request.addEventListener("error", () => reject(new Error("The connection broke.")));
      request.send(form);
    });

  const upload = async (zone, files) => {
    const [progress, status] = [zone.querySelector("progress"), zone.querySelector("output")];
    progress.hidden = false;
    const ids = [];
    const failed = [];
    for (const file of files) {
      status.textContent = `Uploading ${file.name}`;
      progress.value = 0;
      try {
        const stored = await send(zone, file);
        ids.push(`${stored.id}:${stored.contentType}`);
      } catch (error) {
        failed.push(`${file.name}: ${error.message}`);
      }
    }
    progress.hidden = true;
    status.textContent = failed.join(" ");
    if (ids.length) {
      zone.querySelector('input[name="uploaded"]').value = ids.join(" ");
      zone.querySelector("[data-uploaded]").click();
    }
  };

  document.addEventListener(
    "click",
    (event) => {
      const asks = event.target.closest("[data-confirm]");
      if (asks && !confirm(asks.dataset.confirm)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      if (event.target.closest("#theme")) switchTheme();
      const copies = event.target.closest("[data-copy]");
      if (copies) copy(copies);
    },
    true,
  );

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("[data-check-all]")) {
      each(`input[name="${target.dataset.checkAll}"]`, (box) => (box.checked = target.checked));
    }
    const form = target.closest("[data-submit-on-change]");
    if (form) form.requestSubmit();
    const zone = target.closest("[data-upload]");
    if (zone && target.type === "file" && target.files.length) {
      upload(zone, [...target.files]);
      target.value = "";
    }
  });

  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const zone = event.target.closest?.("[data-upload]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) upload(zone, [...event.dataTransfer.files]);
    });
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    prepare();
    // A reader of the screen hears the new page from its beginning.
    if (event.detail.boosted) document.getElementById("content")?.focus({ preventScroll: true });
  });
  prepare();
})();
