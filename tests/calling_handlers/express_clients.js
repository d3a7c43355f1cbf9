// Handlers in Express whose official clients are pointed at the gateway. Run as `node express_clients.js PORT GATEWAY TOKENS`.
// Each accepts the delivery; the call goes wrong.
const express = require("express");
const { Client } = require("@notionhq/client");
const { WebClient } = require("@slack/web-api");
const { Octokit } = require("@octokit/rest");
const Stripe = require("stripe");

const [port, gateway, tokens] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const notion = new Client({ auth: tokens.notion, baseUrl: `${gateway}/notion`, logger: () => {} });
const slack = new WebClient(tokens.slack, { slackApiUrl: `${gateway}/slack/api/`, retryConfig: { retries: 0 }, logger: { ...quiet, setLevel() {}, getLevel() {}, setName() {} } });
const octokit = new Octokit({ auth: tokens.github, baseUrl: `${gateway}/github`, log: quiet });
const at = new URL(gateway);
const stripe = new Stripe(tokens.stripe, { protocol: "http", host: at.hostname, port: at.port, maxNetworkRetries: 0 });
const calls = {
  "notion-comment": () => notion.comments.create({ parent: { page_id: tokens.page }, rich_text: [] }),
  "notion-page": () => notion.pages.retrieve({ page_id: tokens.hidden }),
  slack: () => slack.chat.postMessage({ channel: "C1", text: "x" }),
  octokit: () => octokit.rest.users.getAuthenticated(),
  stripe: () => stripe.customers.retrieve("cus_1"),
  fetch: () => fetch(`${gateway}/notion/v1/users/me`).then((answer) => Promise.reject(new Error(answer.status))),
};
const app = express();
app.post("/:name", (request, response) =>
  calls[request.params.name]().then(
    () => response.send("the call went well"),
    (error) => response.send(`accepted, though ${error.message}`),
  ),
);
app.listen(Number(port), "127.0.0.1");
