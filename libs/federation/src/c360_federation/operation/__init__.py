"""Operations: parsed, validated, inlined, and filtered by a policy."""
