// Sends events by a client as it is published, half of them once told to by a line of input.
//
//   node send.js segment|rudder URL WRITE_KEY COUNT
//
// Prints how many calls the client gave up.
import { once } from "node:events";
import { Analytics } from "@segment/analytics-node";
import Rudder from "@rudderstack/rudder-sdk-node";

const RETRIES = 30;
const UNDER_WAY = 1_000;
const settings = { flushAt: 100, flushInterval: 100 };
const makers = {
  segment: (host, writeKey) => new Analytics({ ...settings, host, writeKey, maxRetries: RETRIES }),
  rudder: (dataPlaneUrl, key) => new Rudder(key, {
    ...settings, dataPlaneUrl, retryCount: RETRIES, errorHandler: () => {}, logLevel: "error",
  }),
};
const [name, url, key, count] = process.argv.slice(2);
const client = makers[name](url, key);
const pause = () => new Promise((resume) => setTimeout(resume, 5));
let ended = 0;
let lost = 0;

function onEnd(error) {
  ended += 1;
  if (error) lost += 1;
}

for (let number = 0; number < Number(count); number += 1) {
  if (number === count / 2) await once(process.stdin, "data");
  while (number - ended >= UNDER_WAY) await pause();
  const properties = { productId: String(number) };
  client.track({ userId: `${name}-${number % 100}`, event: "Product Viewed", properties }, onEnd);
}
while (ended < count) await pause();
console.log(lost);
process.exit(0);
