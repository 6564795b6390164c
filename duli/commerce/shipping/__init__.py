"""How a parcel gets there: zones, methods with their price ladders, carriers and their tracking links."""
