"""How each person arranged the widgets of a page."""
