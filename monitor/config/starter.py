"""The configuration that `headwater init` writes. It works as it is; what needs an account is commented out."""

from __future__ import annotations

STARTER = """\
# headwater: what to watch and whom to tell. `headwater config check` reads this file and names every problem.

# Everything that is learned is kept here. PostgreSQL: postgresql+psycopg://user@host/headwater
database: sqlite:///headwater.db

# Named in the User-Agent, so that those whose pages we read can reach you.
contact: ""

# Ready lists of a provider's official sources.
packs: [deepseek]

# Documents of your own choice. Ids are yours and stay when an address changes.
# sources:
#   - id: acme-pricing
#     provider: acme
#     url: https://docs.acme.example/pricing
#     document: pricing          # pricing, changelog, news, model-card, license, api-docs
#     interval: 1h

# The names your product calls: what concerns them is told one level louder.
# relies_on: [deepseek-chat, deepseek-reasoner]

# Where to tell. Secrets never stand here: name an environment variable (_env) or a file (_file).
channels:
  - name: log
    kind: log
#   - name: llm-platform
#     kind: slack
#     webhook_url_env: HEADWATER_SLACK_WEBHOOK
#   - name: oncall-mail
#     kind: email
#     host: smtp.example.org
#     port: 587
#     security: starttls         # starttls, tls or none
#     username: headwater
#     password_env: HEADWATER_SMTP_PASSWORD
#     sender: headwater@example.org
#     to: [oncall@example.org]

# What is told where (docs/alerts.md). Each route is a tree of its own and is asked. Without routes every channel gets
# critical and warning at once and info in the daily digest.
# routes:
#   - name: platform
#     channel: llm-platform
#     min_level: warning
#     owners: [platform-team]
#     digest: {at: "08:30", zone: Europe/Berlin}
#     routes:
#       - name: prices
#         match: {area: price}
#         at_once: []              # everything about prices waits for the digest
#   - name: on call
#     channel: oncall-mail
#     match: {level: critical, relied_on: true}

# Another level for a change kind (docs/changes.md lists them).
# severity:
#   capability-changed: info

# The review pages. Other addresses than this machine's need a login (docs/pages.md).
# web:
#   bind: 127.0.0.1:8080
#   public_url: https://headwater.example.org

# When the daily digest is sent, UTC, where a route has no hours of its own.
digest_at: "09:00"

# Ends of service are reminded of until `headwater deadlines acknowledge`.
# deadlines:
#   remind_before: [90, 30, 7, 1]  # days

# A watchdog elsewhere that raises the alarm when this service falls silent.
# heartbeat:
#   url_env: HEADWATER_HEARTBEAT_URL
#   every: 5m

# Every version is kept for ever, and single checks for 90 days. This lets the bytes of old versions go.
# retention:
#   versions_older_than: 104w
#   keep_versions: 20
"""
