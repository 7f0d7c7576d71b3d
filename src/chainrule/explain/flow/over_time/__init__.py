"""The flow of a gradient back in time, through the steps of a recurrence."""
