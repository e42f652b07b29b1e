// Lists the operations of the document, by tag. Text goes in as text, never as markup.
"use strict";

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function operation(method, path, described) {
  const verb = element("span", method.toUpperCase());
  verb.className = "method";
  const head = element("summary", "", verb, element("code", path), " " + (described.summary || ""));
  const details = element("details", "", head);
  const said = { ...described };
  delete said.summary;
  delete said.tags;
  details.append(element("pre", JSON.stringify(said, null, 2)));
  return details;
}

async function show() {
  const api = await (await fetch("openapi.json")).json();
  const tags = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, described] of Object.entries(item)) {
      const tag = (described.tags || ["other"])[0];
      if (!tags.has(tag)) tags.set(tag, element("section", "", element("h2", tag)));
      tags.get(tag).append(operation(method, path, described));
    }
  }
  document.getElementById("operations").append(...tags.values());
}

show();
