// Loaded into Prism before it starts (node --require), for two things that it has no option for.
const path = require("node:path");

const home = path.join(process.cwd(), "node_modules", "@stoplight", "prism-http");

// Its proxy follows redirects, so that the 302 of an artifact's download would neither be judged nor
// be seen by the client: hand redirects through.
const file = require.resolve("node-fetch", { paths: [home] });
const fetch = require(file);
const manual = (url, options) => fetch(url, { ...options, redirect: "manual" });
require.cache[file].exports = Object.assign(manual, fetch, { default: manual });

// Its log names a violation without saying what it is: say it.
const { ProblemJsonError } = require(home);
ProblemJsonError.prototype.toString = function () {
  return `${this.message}: ${JSON.stringify(this.additional ?? this.detail)}`;
};
