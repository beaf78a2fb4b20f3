"""What PyTorch computes: tables of cases, networks and walks, recorded in recorded.npz."""
