"""The same schedules in virtual and in real time, and what both must have in common."""
