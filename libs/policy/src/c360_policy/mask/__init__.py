"""Masks: what a caller sees instead of a value, always valid for the field's scalar."""
