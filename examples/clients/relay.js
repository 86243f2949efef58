// Relay: keeps data next to errors and finds an error by the path of a null. A denial inside a list
// has the path of the list, so only extensions.policy says which null is a denial.
import { Environment, Network, RecordSource, Store, fetchQuery } from 'relay-runtime';
import CUSTOMERS from './__generated__/relayCustomersQuery.graphql.js';
import { authorization, byCoordinate, denialsInExtensions, url } from './settings.js';

const environmentWith = (headers, seen) =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ name, text }, variables) => {
      const reply = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization, ...headers },
        body: JSON.stringify({ query: text, operationName: name, variables }),
      });
      const answer = await reply.json();
      seen.policy = byCoordinate(answer.extensions);
      seen.failed = 'errors' in answer;
      return answer;
    }),
  });

const ask = async (headers) => {
  const seen = {};
  const data = await fetchQuery(environmentWith(headers, seen), CUSTOMERS, {}).toPromise();
  return { ...seen, profile: data.customers.edges[0].node.profile };
};
console.log(
  JSON.stringify({ byDefault: await ask({}), withHeader: await ask(denialsInExtensions) }),
);
