"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  let theme = "auto";
  try {
    const kept = localStorage.getItem("zt-doc-theme");
    if (themes.includes(kept)) theme = kept;
  } catch {
    // Where nothing may be kept, the system's theme holds.
  }
  root.dataset.theme = theme;

  const wanted = () => {
    const hash = location.hash;
    if (!hash.startsWith("#q=")) return "";
    try {
      return decodeURIComponent(hash.slice(3));
    } catch {
      return "";
    }
  };

  // The index has a list of all names; every word must stand in an entry. Those by name come first.
  const filter = (list, input, status) => {
    const entries = [...list.children];
    const texts = entries.map((entry) => entry.textContent.toLowerCase());
    const names = entries.map((entry) => (entry.dataset.name || "").toLowerCase());
    const look = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      document.body.classList.toggle("searching", words.length > 0);
      const first = [];
      const second = [];
      entries.forEach((entry, i) => {
        entry.hidden = !words.every((word) => texts[i].includes(word));
        (words.length > 0 && words.every((word) => names[i].includes(word)) ? first : second).push(entry);
      });
      list.append(...first, ...second);
      const found = entries.filter((entry) => !entry.hidden).length;
      status.textContent = words.length === 0 ? "" : found === 0 ? "Nothing is found." : `${found} of ${entries.length} names`;
      const hash = words.length === 0 ? "" : "#q=" + encodeURIComponent(input.value.trim());
      if (hash !== "" || location.hash.startsWith("#q=")) {
        history.replaceState(null, "", hash || location.href.split("#")[0]);
      }
    };
    input.addEventListener("input", look);
    addEventListener("hashchange", () => {
      const text = wanted();
      if (text !== input.value.trim() && (text !== "" || document.body.classList.contains("searching"))) {
        input.value = text;
        look();
        if (text === "" && location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
      }
    });
    input.value = wanted();
    if (input.value !== "") look();
  };

  document.addEventListener("DOMContentLoaded", () => {
    root.classList.add("js");
    const button = document.getElementById("theme");
    const show = () => {
      root.dataset.theme = theme;
      button.textContent = "Theme: " + theme;
    };
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      try {
        localStorage.setItem("zt-doc-theme", theme);
      } catch {
        // It holds for this page.
      }
      show();
    });

    const input = document.getElementById("search");
    const list = document.getElementById("names-list");
    if (list) {
      filter(list, input, document.getElementById("names-status"));
    }
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        if (!list && input.value.trim() !== "") {
          location.assign(input.dataset.index + "#q=" + encodeURIComponent(input.value.trim()));
        } else if (list) {
          list.querySelector("li:not([hidden]) a")?.focus();
        }
      } else if (event.key === "Escape") {
        input.value = "";
        input.dispatchEvent(new Event("input"));
      }
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement;
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.focus();
      }
    });
    addEventListener("beforeprint", () => {
      document.querySelectorAll("details").forEach((one) => (one.open = true));
    });
  });
})();
