"""The only writers of saved lists (`lists`) and of requests to be told (`requests`)."""
