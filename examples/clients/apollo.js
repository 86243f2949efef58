// Apollo Client: its default error policy throws an answer away that has any error.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { tap } from 'rxjs';
import { authorization, byCoordinate, denialsInExtensions, url } from './settings.js';

const CUSTOMERS = gql`
  query Customers {
    customers(first: 1) { edges { node { id profile { name phone loyaltyTier } } } }
  }
`;

// Results carry no extensions: a link sees them, and keeps what policy did for whoever shows it.
const policyOf = new Map();
const notePolicy = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ extensions }) => policyOf.set(operation.operationName, byCoordinate(extensions))),
  ),
);

const clientWith = (headers) =>
  new ApolloClient({
    link: notePolicy.concat(new HttpLink({ uri: url, headers: { authorization, ...headers } })),
    cache: new InMemoryCache(),
  });

const thrown = await clientWith({}).query({ query: CUSTOMERS }).catch((error) => error);
const { data } = await clientWith(denialsInExtensions).query({ query: CUSTOMERS });
console.log(
  JSON.stringify({
    byDefault: { failed: thrown instanceof Error },
    withHeader: {
      profile: data.customers.edges[0].node.profile,
      policy: policyOf.get('Customers'),
    },
  }),
);
