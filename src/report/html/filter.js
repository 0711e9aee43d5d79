// The filter: its state in the form and in the address, and which findings it lets through.

const form = byId("filter");
const GROUPS = ["severity", "status", "change"];
const FIELDS = ["q", "rule", "region", "account", "cluster"];
/** What is listed where no status is ticked: what counts and is not met. */
const OPEN = ["fail", "unknown", "advice"];

/** The state in the form: values of the ticked boxes, texts of the fields. */
const readForm = () => {
  const entered = new FormData(form);
  const state = {};
  for (const name of GROUPS) state[name] = entered.getAll(name);
  for (const name of FIELDS) state[name] = (entered.get(name) ?? "").trim();
  return state;
};

const writeForm = (state) => {
  for (const name of GROUPS) {
    for (const box of form.querySelectorAll(`input[name=${name}]`)) box.checked = state[name].includes(box.value);
  }
  for (const name of FIELDS) form.elements[name].value = state[name];
};

/** The state as the part of the address after #; empty where nothing is filtered and the first page is shown. */
const toFragment = (state, page) => {
  const parts = new URLSearchParams();
  for (const name of FIELDS) if (state[name]) parts.set(name, state[name]);
  for (const name of GROUPS) if (state[name].length) parts.set(name, state[name].join(","));
  if (page > 0) parts.set("page", String(page + 1));
  return parts.toString().replaceAll("%2C", ",");
};

/** What the address says; null where it names a section of the page. */
const fromFragment = (fragment) => {
  if (fragment && !fragment.includes("=")) return null;
  const parts = new URLSearchParams(fragment);
  const state = {};
  for (const name of GROUPS) state[name] = (parts.get(name) ?? "").split(",").filter(Boolean);
  for (const name of FIELDS) state[name] = parts.get(name) ?? "";
  const page = Number.parseInt(parts.get("page") ?? "1", 10);
  return { state, page: page > 0 ? page - 1 : 0, finding: parts.get("finding") };
};

/** What a finding is listed as. */
const statusOf = (finding) => {
  if (finding.suppressed) return "suppressed";
  return finding.change === "resolved" ? "resolved" : finding.status;
};

const accountWords = (finding) => `${finding.account} ${report.accounts[finding.account] ?? ""}`;

/** Everything that can be searched for in a finding, in small letters; made once, when the first word is typed. */
let searchable = null;
const index = () => {
  searchable ??= report.findings.map((finding) => {
    const rule = report.rules[finding.rule] ?? {};
    const texts = [finding.id, finding.rule, rule.slug, rule.title, rule.controls, finding.message, accountWords(finding),
      finding.region, finding.role, finding.suppressed, finding.expired, finding.previous, finding.fix?.text, ...(finding.nodes ?? []),
      ...(finding.fix?.commands ?? [])];
    for (const piece of finding.evidence) texts.push(piece.text, piece.policy, piece.statement);
    return texts.filter(Boolean).join("\n").toLowerCase();
  });
  return searchable;
};

/** The places of the findings that a state lets through. */
const matching = (state) => {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const listed = state.change.includes("resolved") ? [...OPEN, "resolved"] : OPEN;
  const statuses = state.status.length ? state.status : listed;
  const [account, cluster] = [state.account.toLowerCase(), state.cluster.toLowerCase()];
  const texts = words.length ? index() : null;
  const places = [];
  report.findings.forEach((finding, place) => {
    const through = statuses.includes(statusOf(finding))
      && (!state.severity.length || state.severity.includes(finding.severity))
      && (!state.change.length || state.change.includes(finding.change))
      && (!state.rule || finding.rule === state.rule)
      && (!state.region || finding.region === state.region || (finding.further_regions ?? []).includes(state.region))
      && (!account || accountWords(finding).toLowerCase().includes(account))
      && (!cluster || (finding.clusters ?? []).some((name) => name.toLowerCase().includes(cluster)))
      && words.every((word) => texts[place].includes(word));
    if (through) places.push(place);
  });
  return places;
};
