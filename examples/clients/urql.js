// urql: gives data and error side by side; many components show nothing once there is an error.
import { Client, fetchExchange, gql } from '@urql/core';
import { authorization, byCoordinate, denialsInExtensions, url } from './settings.js';

const CUSTOMERS = gql`
  query Customers {
    customers(first: 1) { edges { node { id profile { name phone loyaltyTier } } } }
  }
`;

const clientWith = (headers) =>
  new Client({
    url,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: { authorization, ...headers } },
  });

const partial = await clientWith({}).query(CUSTOMERS, {}).toPromise();
const whole = await clientWith(denialsInExtensions).query(CUSTOMERS, {}).toPromise();
console.log(
  JSON.stringify({
    byDefault: { failed: partial.error !== undefined },
    withHeader: {
      failed: whole.error !== undefined,
      profile: whole.data.customers.edges[0].node.profile,
      policy: byCoordinate(whole.extensions),
    },
  }),
);
