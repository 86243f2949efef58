"""What frontend apps can watch: changes as the log tells them, fanned out to subscribers.

An event names whom it is about and no more; what is asked about that customer comes from
the subgraphs, after the event. What this promises:

- An event about a profile is answered with that profile as it was told or newer: profile
  tells the log of a state only once its store holds it. Identity is at least as new as
  profile. Segments may lag behind a profile, and a profile behind a membership.
- Who reads at leisure hears every change; who is slow hears the newest state of a watched
  customer, and loses a watched segment with SUBSCRIPTION_OVERRUN, never an event in silence.
- A change that the log tells after the subscription began is heard also if the log cannot
  be read for a while. One that a service tells twice, because it was killed, is heard once.
- Each process reads the log for its own subscribers, in no consumer group.
"""
