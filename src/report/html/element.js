// Elements made of text: what comes from AWS is only ever a text node or the value of a property.

/** An element with properties, and children that are elements or texts; what is null or undefined is left out. */
const element = (name, properties, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined) continue;
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

const byId = (id) => document.getElementById(id);

const report = JSON.parse(byId("report").textContent);
