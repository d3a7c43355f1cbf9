"""Two deliveries compared, place by place."""
