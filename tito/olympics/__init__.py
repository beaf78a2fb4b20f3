"""The Torch Olympics: entries are measured beside a fixed baseline, claimed, ranked and measured again."""
