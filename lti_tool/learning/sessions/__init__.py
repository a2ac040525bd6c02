"""Days at the hub: sessions, seats, bookings, waiting lists, attendance."""
