"""The chunks engine: history sealed into compressed columns, in three ordinary SQL tables."""
