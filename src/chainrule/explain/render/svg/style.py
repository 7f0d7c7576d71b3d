"""The style of a drawing: only inside `.chainrule-diagram`; light or dark, but light on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
.chainrule-diagram { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
.chainrule-diagram text { fill: #1c1c1c; }
.chainrule-diagram .paper { fill: #fff; }
.chainrule-diagram .heading { font-size: 15px; font-weight: 600; }
.chainrule-diagram .name { font-weight: 600; }
.chainrule-diagram .formula, .chainrule-diagram .legend, .chainrule-diagram .caption
  { fill: #5b606b; font-size: 11px; }
.chainrule-diagram .frame { fill: #f5f6f8; stroke: #8b919d; }
.chainrule-diagram .wire { fill: none; stroke: #6d7380; stroke-width: 1.3; }
.chainrule-diagram .arrow { fill: #6d7380; }
.chainrule-diagram .negative .wire, .chainrule-diagram .wire.negative { stroke-dasharray: 6 3; }
.chainrule-diagram .zero .wire, .chainrule-diagram .wire.zero { stroke-dasharray: 1 4; }
.chainrule-diagram .value { fill: #11742a; font-size: 12px; font-variant-numeric: tabular-nums; }
.chainrule-diagram .gradient { fill: #b3201d; font-size: 12px; font-variant-numeric: tabular-nums; }
.chainrule-diagram .part { font-size: 10.5px; font-style: italic; }
.chainrule-diagram .output .frame { stroke: #1c1c1c; stroke-width: 2; }
.chainrule-diagram .link { stroke: #6d7380; fill: none; opacity: 0.85; }
.chainrule-diagram .positive .link { stroke: #2a66b0; }
.chainrule-diagram .negative .link { stroke: #b85c1e; stroke-dasharray: 7 4; }
.chainrule-diagram .zero .link { stroke-dasharray: 1 4; }
.chainrule-diagram .faint .link { opacity: 0.16; }
.chainrule-diagram .asked .link { stroke: #1c1c1c; opacity: 1; }
.chainrule-diagram .neuron .name { font-size: 11.5px; }
.chainrule-diagram .numbers, .chainrule-diagram .numbers tspan { font-size: 11px; }
.chainrule-diagram .off .frame { stroke: #c4c8cf; stroke-dasharray: 3 2; }
.chainrule-diagram .off text { opacity: 0.62; }
@media screen and (prefers-color-scheme: dark) {
.chainrule-diagram text { fill: #e6e6e6; }
.chainrule-diagram .paper { fill: #16181c; }
.chainrule-diagram .formula, .chainrule-diagram .legend, .chainrule-diagram .caption
  { fill: #9aa0ab; }
.chainrule-diagram .frame { fill: #23262d; stroke: #777d89; }
.chainrule-diagram .wire { stroke: #949aa6; }
.chainrule-diagram .arrow { fill: #949aa6; }
.chainrule-diagram .value { fill: #6fd08c; }
.chainrule-diagram .gradient { fill: #ff8f86; }
.chainrule-diagram .output .frame { stroke: #e6e6e6; }
.chainrule-diagram .positive .link { stroke: #7db4f5; }
.chainrule-diagram .negative .link { stroke: #f0a070; }
.chainrule-diagram .off .frame { stroke: #4a4f5a; }
.chainrule-diagram .asked .link { stroke: #fff; } }
"""
