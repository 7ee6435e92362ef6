# SPDX-License-Identifier: MIT
"""Client secrets for OpenAI's Realtime API.

schemas/*.json -> schema, form, fields, choices   what a dialog asks for
               -> nodes/dialog                    KNIME's dialog, and the settings of a node
settings       -> request, rows                   a request body for either API; advice warns
JSON           -> body, validation                what a user wrote, checked
request        -> client/                         sent, with authentication, retries and deadline
reply          -> answer, columns                 client secret -> named, typed columns
               -> nodes/                          KNIME's tables
"""
