// The list: a page of the findings that the filter lets through; on paper all of them, open.

const PAGE_SIZE = 100;
const list = byId("list");
const matches = byId("matches");
const pages = byId("pages");
let shown = { places: [], page: 0 };

/** Draws the page. */
const draw = () => {
  const { places } = shown;
  const last = Math.max(0, Math.ceil(places.length / PAGE_SIZE) - 1);
  shown.page = Math.min(shown.page, last);
  const first = shown.page * PAGE_SIZE;
  const onPage = places.slice(first, first + PAGE_SIZE);
  list.replaceChildren(...onPage.map(itemOf));
  matches.textContent = places.length === 0 ? "No finding matches." : `${places.length} of ${report.findings.length} findings match.`;
  pages.hidden = last === 0;
  byId("page").textContent = `${first + 1} to ${first + onPage.length} of ${places.length}`;
  byId("previous").disabled = shown.page === 0;
  byId("next").disabled = shown.page === last;
};

/** Filters by the form, and says so in the address. */
const refresh = (page) => {
  const state = readForm();
  shown = { places: matching(state), page };
  draw();
  const fragment = toFragment(state, shown.page);
  // An address that names a section keeps it as long as nothing is filtered.
  if (!fragment && !location.hash.includes("=")) return;
  history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
};

/** Does what the address says. */
const follow = (isLink) => {
  const wanted = fromFragment(location.hash.slice(1));
  if (!wanted) {
    if (!isLink) refresh(0);
    return;
  }
  writeForm(wanted.state);
  const place = wanted.finding ? report.findings.findIndex((finding) => finding.id === wanted.finding) : -1;
  if (place >= 0) {
    shown = { places: [place], page: 0 };
    draw();
    matches.textContent = "One finding, by its address. Change or clear the filter to see others.";
    open(list.firstElementChild, true);
    goTo(list.querySelector("h3 button"));
  } else {
    refresh(wanted.page);
    if (location.hash) goTo(byId("findings"));
  }
};

/** Moves the reader's eyes and focus. */
const goTo = (place) => {
  place.focus({ preventScroll: true });
  place.scrollIntoView();
};

const turn = (by) => {
  refresh(shown.page + by);
  goTo(byId("findings"));
};

/** For paper everything is drawn and opened; afterwards the page is as it was. */
let beforePaper = null;
const toPaper = () => {
  if (beforePaper) return;
  beforePaper = [...list.childNodes];
  const items = shown.places.map(itemOf);
  items.forEach((item) => open(item, true));
  list.replaceChildren(...items);
};
const fromPaper = () => {
  if (!beforePaper) return;
  list.replaceChildren(...beforePaper);
  beforePaper = null;
};

form.addEventListener("input", () => refresh(0));
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  // The browser would empty the fields after this event, when the list is drawn already.
  event.preventDefault();
  writeForm(fromFragment("").state);
  refresh(0);
});
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
addEventListener("hashchange", () => follow(true));
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
matchMedia("print").addEventListener("change", (event) => (event.matches ? toPaper() : fromPaper()));
form.hidden = false;
follow(false);
