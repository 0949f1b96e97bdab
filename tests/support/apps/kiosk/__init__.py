NAME = "kiosk"
