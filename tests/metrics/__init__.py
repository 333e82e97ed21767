"""Metrics: what is counted, that it stays small, who may see it, and that dashboards and alerts name what there is."""
