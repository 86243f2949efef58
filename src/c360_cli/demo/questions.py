"""The four questions of the demonstration and who asks them."""

from __future__ import annotations

from dataclasses import dataclass

_ABOUT = "($source: String!, $key: String!)"


@dataclass(frozen=True, slots=True)
class Question:
    """A query asked as a role, with a word on what to look for in the answer."""

    role: str
    title: str
    look_for: str
    query: str


QUESTIONS = (
    Question(
        role="support_agent",
        title="Who is calling?",
        look_for="One customer out of several systems; the phone is masked.",
        query=f"""query {_ABOUT} {{
  customerByRecord(source: $source, key: $key) {{
    id
    records {{ source key }}
    profile {{ name phone email loyaltyTier }}
    timeline(first: 3) {{ edges {{ node {{ name occurredAt source }} }} }}
  }}
}}""",
    ),
    Question(
        role="marketing_analyst",
        title="Which groups are there, who is a gold member, and what is the phone number?",
        look_for="Groups, not the size of a small one; the phone is cut, and the answer says so.",
        query="""{
  segments { name title size }
  customers(first: 1, filter: {loyaltyTier: {equals: "gold"}}) {
    totalCount
    edges { node { segments { name } profile { city phone } } }
  }
}""",
    ),
    Question(
        role="privacy_officer",
        title="What exactly do we hold, and where does it come from?",
        look_for="Everything in clear, with the source of each value.",
        query=f"""query {_ABOUT} {{
  customerByRecord(source: $source, key: $key) {{
    identifiers {{ phone email memberCard }}
    profile {{ name phone email }}
    provenance {{ trait source key rule }}
    consents {{ purpose status }}
  }}
}}""",
    ),
    Question(
        role="connector",
        title="May a connector, which writes, also read?",
        look_for="No: it learns nothing about the customer, and is told so.",
        query=f"""query {_ABOUT} {{
  customerByRecord(source: $source, key: $key) {{ id profile {{ phone }} }}
}}""",
    ),
)
