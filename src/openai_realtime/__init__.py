# SPDX-License-Identifier: MIT
"""Client secrets for OpenAI's Realtime API; the pipeline, file by file.

schemas/*.json -> schema, form, fields, choices   the fields of a dialog
               -> nodes/dialog, nodes/controls    KNIME's dialog, and the settings of a node
settings       -> request, rows, advice           a request for either API, and warnings
JSON           -> json_text, body, validation     JSON that a user wrote, checked
request        -> client/                         sent with authentication, retries and deadline
reply          -> answer, columns                 the client secret, and named, typed columns
               -> nodes/results, nodes/arrow      KNIME's table
table          -> tester, tester_page             a page that opens the session
"""
