"""The YAML documents of Azure ML: their text with positions, their typed models, their references."""
