"""What happens without anybody asking: reminders, delivery, upkeep. Arguments are ids and dates, results nothing."""
