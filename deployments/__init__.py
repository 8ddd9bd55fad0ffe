"""What is deployed: recipes, schedules, automations."""
