// Keeps the page as the server would show it now: asks for it again and swaps the parts that are marked data-live.
"use strict";
const status = document.getElementById("status"), pause = document.getElementById("pause"), q = document.getElementById("q");
const shown = new Map(), marks = {};
let timer, asked = 0;

const live = (root) => root.querySelectorAll("[data-live]");
const details = (root) => root.querySelectorAll("details[id]");
const get = async (url, headers) => {
  const answer = await fetch(url, { headers, redirect: "error" });
  if (!answer.ok && answer.status !== 304) throw new Error(answer.status === 404 ? "It is gone." : `The sandbox answers ${answer.status}.`);
  return answer;
};

// What is in a row comes when it is opened, and again whenever the page has changed.
async function fill(row) {
  const text = await (await get(row.dataset.more)).text();
  if (shown.get(row.id) === text && row.dataset.filled) return;
  const inside = row.querySelector(":scope > div") || row.appendChild(document.createElement("div"));
  row.querySelector(":scope > .hint")?.remove();
  swap(inside, text);
  shown.set(row.id, text);
  row.dataset.filled = "yes";
}

// Replaces what is in an element, and keeps what somebody has opened and where the focus is.
function swap(element, html) {
  const open = new Map([...details(element)].map((one) => [one.id, one]));
  const focused = element.contains(document.activeElement) && (document.activeElement.getAttribute("href") || document.activeElement.parentElement.id);
  element.innerHTML = html;
  for (const one of details(element)) {
    const before = open.get(one.id);
    if (!before) continue;
    if (one.dataset.more && before.dataset.filled) {
      one.querySelector(":scope > .hint")?.remove();
      one.append(before.querySelector(":scope > div"));
      one.dataset.filled = "yes";
    }
    one.open = before.open;
    if (one.open && one.dataset.more) fill(one).catch(tell);
  }
  if (focused) [...element.querySelectorAll("a, summary")].find((one) => one.getAttribute("href") === focused || one.parentElement.id === focused)?.focus();
}

function tell(error) {
  status.textContent = error instanceof TypeError ? "The sandbox doesn't answer." : error.message;
}

async function refresh() {
  const number = ++asked, url = location.pathname + location.search;
  try {
    const answer = await get(url, marks[url] ? { "If-None-Match": marks[url] } : {});
    const text = await answer.text();
    if (number !== asked) return;
    if (answer.status !== 304) {
      marks[url] = answer.headers.get("ETag");
      for (const part of live(new DOMParser().parseFromString(text, "text/html"))) {
        const here = document.getElementById(part.id);
        if (here && shown.get(part.id) !== part.innerHTML) swap(here, part.innerHTML);
        shown.set(part.id, part.innerHTML);
      }
    }
    status.textContent = "Live";
  } catch (error) { tell(error); }
}

// The next question comes when the last one is answered, and later where answers take long.
async function follow() {
  const started = performance.now();
  if (!document.hidden && pause.getAttribute("aria-pressed") === "false") await refresh();
  timer = setTimeout(follow, Math.max(1000, 10 * (performance.now() - started)));
}

document.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.dataset?.more && !event.target.dataset.filled) fill(event.target).catch(tell);
}, true);

document.addEventListener("click", async (event) => {
  const more = event.target.closest("[data-next]");
  if (!more || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const rest = document.createElement("div");
    rest.innerHTML = await (await get(more.dataset.next)).text();
    more.parentElement.replaceWith(...rest.childNodes);
  } catch (error) { tell(error); }
});

pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") === "false";
  pause.setAttribute("aria-pressed", String(paused));
  status.textContent = paused ? "Paused" : "Live";
});

q?.addEventListener("input", () => {
  history.replaceState(null, "", q.value.trim() ? `/?q=${encodeURIComponent(q.value)}` : "/");
  refresh();
});

for (const part of live(document)) shown.set(part.id, part.innerHTML);
pause.hidden = false;
status.textContent = "Live";
timer = setTimeout(follow, 1000);
