/** What a client says of the device it runs on. */
export interface DeviceClaim {
  /** The id that the app gave the device, e.g. a UUID in its keychain: 1 to 200 of A-Z a-z 0-9 . _ : ~ + / = and -. */
  readonly deviceId: string;
  /** What proves it, as the platform gave it to the app; null when the app sent nothing. */
  readonly attestation: string | null;
  /** The user that the token names. */
  readonly userId: string;
  /** Ends when the client goes away. */
  readonly signal: AbortSignal;
}

/** What is known of a device once it was checked. */
export interface CheckedDevice {
  /** The id that counts: the initial grant is given once for it. */
  readonly deviceId: string;
  /** False when the device had its grant, whatever the database says, e.g. after the user was deleted. */
  readonly mayGrant: boolean;
  /**
   * Notes where no new install can undo it that the device has its grant: before the grant, and by one request at a time. False when
   * another one did so since it was checked. Null where nothing remembers devices but the database, by their ids.
   */
  readonly claim: ((signal: AbortSignal) => Promise<boolean>) | null;
}

/** Says whether a device is real, and whether it had its initial grant. */
export interface DeviceAttestation {
  /**
   * @throws VidopsError ERR_4008, field `attestation`, when it is missing or proves nothing; ERR_6005 when who knows cannot be
   *   reached: nothing was changed
   */
  check(claim: DeviceClaim): Promise<CheckedDevice>;
}
