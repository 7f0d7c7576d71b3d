"""The style of a derivation: only inside `.chainrule`; for light, dark, wide and narrow screens."""

from __future__ import annotations

__all__ = ["COLOURS", "RULES"]

COLOURS = """
.chainrule { --paper: #fff; --ink: #1c1c1c; --faint: #667; --line: #d8dade; --band: #f5f6f8;
  --value: #11742a; --gradient: #b3201d; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { .chainrule { --paper: #16181c; --ink: #e6e6e6;
  --faint: #9aa0ab; --line: #3a3e46; --band: #1f2228; --value: #6fd08c; --gradient: #ff8f86; } }
"""
"""Colours of a fragment in another page; the pages of this package define their own."""

RULES = """
.chainrule { container-type: inline-size;
  background: var(--paper); color: var(--ink); padding: 0.8em 1em; border-radius: 6px;
  font: 15px/1.5 system-ui, sans-serif; }
.chainrule h3 { font-size: 1.25em; margin: 0 0 0.6em; }
.chainrule h4 { font-size: 1.05em; margin: 1.4em 0 0.2em; }
.chainrule p { margin: 0.2em 0 0.5em; color: var(--faint); }
.chainrule math { font-size: 1.05em; }
.chainrule .wide { overflow-x: auto; }
.chainrule .wide:focus-visible { outline: 2px solid var(--faint); }
.chainrule table { border-collapse: collapse; margin: 0; font-size: 1em; border: 0; }
.chainrule.chainrule :is(th, td) { padding: 0.3em 1em 0.3em 0; border: 0; text-align: left;
  vertical-align: baseline; background: none; white-space: nowrap; font-weight: normal; }
.chainrule.chainrule thead th { color: var(--faint); font-size: 0.85em;
  border-bottom: 1px solid var(--line); }
.chainrule tbody + tbody { border-top: 1px solid var(--line); }
.chainrule mtd { text-align: left; padding: 0.2em 0.4em; }
.chainrule.chainrule :is(th, td).number { text-align: right; }
.chainrule .number { font-variant-numeric: tabular-nums; }
.chainrule .value { color: var(--value); font-variant-numeric: tabular-nums; }
.chainrule .gradient { color: var(--gradient); font-variant-numeric: tabular-nums; }
.chainrule tbody tr:nth-child(n) { background: none; }
.chainrule tbody tr.sum:nth-child(n) { background: var(--band); }
.chainrule .sum .gradient, .chainrule .chain p:last-child .gradient { font-weight: bold; }
.chainrule.chainrule .note { white-space: normal; font-style: italic; color: var(--faint); }
.chainrule ul.given { display: flex; flex-wrap: wrap; gap: 0.2em 1.8em; margin: 0.2em 0; padding: 0;
  list-style: none; }
.chainrule .chain { border-top: 1px solid var(--line); padding: 0.4em 0; }
.chainrule .chain p { margin: 0.15em 0; white-space: nowrap; color: var(--ink); }
@container (max-width: 520px) { .chainrule.chainrule :is(th, td) { padding-right: 0.7em; }
  .chainrule table, .chainrule .chain { font-size: 0.9em; } }
"""
"""Layout and colours by role, for fragments and pages."""
