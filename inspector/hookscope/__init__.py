"""hookscope: shows every webhook delivery that reaches a developer, says what went wrong and who said so,
and turns it into a test."""
