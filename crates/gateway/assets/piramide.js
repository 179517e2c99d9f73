// Comfort only: every page works without it.
"use strict";

// Buttons that open or close the whole tree.
for (const place of document.querySelectorAll("[data-strumenti]")) {
  const tree = place.parentElement;
  for (const [text, open] of [["Espandi tutto", true], ["Comprimi tutto", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => {
      for (const details of tree.querySelectorAll("details")) {
        details.open = open;
      }
    });
    place.append(button);
  }
}

// A notice when the figures shown are no longer the newest. The page never changes under the reader.
const shown = new Map(
  (document.body.dataset.sequences || "")
    .split(" ")
    .filter(Boolean)
    .map((pair) => pair.split(":"))
    .map(([domain, sequence]) => [domain, Number(sequence)]),
);
const notice = document.getElementById("novita");

if (shown.size > 0 && notice && "EventSource" in window) {
  let source = null;

  const told = (event) => {
    const { domain, sequence } = JSON.parse(event.data);
    if (shown.has(domain) && sequence > shown.get(domain) && !notice.hasChildNodes()) {
      const link = document.createElement("a");
      link.href = window.location.href;
      link.textContent = "ricarica";
      notice.append("Dati aggiornati: ", link);
    }
  };

  // Listened to only while the page is seen: a browser holds few connections to one host.
  const follow = () => {
    if (document.visibilityState === "visible" && source === null) {
      source = new EventSource("/api/v1/events");
      source.addEventListener("current", told);
      source.addEventListener("changed", told);
    } else if (document.visibilityState !== "visible" && source !== null) {
      source.close();
      source = null;
    }
  };

  document.addEventListener("visibilitychange", follow);
  follow();
}
