"""What each member of staff arranged at their desk: columns of a list, and views of it under names of their own.

Verbs: `services.choose_columns`, `save_view`, `rename_view`, `move_view`, `delete_view`. A list is known by a key
("orders"); what its columns and filters mean is the business of the face that shows it.
"""
